/** Constructors of the BSON types that JavaScript does not have. */
import mongoose from 'mongoose'

const { Binary, BSONRegExp, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } = mongoose.mongo.BSON

export const double = (value: number) => new Double(value)
export const long = (value: number | string) => Long.fromString(String(value))
export const decimal = (text: string) => Decimal128.fromString(text)
export const date = (text: string) => new Date(text)
export const objectId = (hex: string) => new ObjectId(hex)
export const timestamp = (seconds: number, increment: number) => new Timestamp({ t: seconds, i: increment })
export const binary = (text: string) => new Binary(Buffer.from(text))
export const regex = (pattern: string, options?: string) => new BSONRegExp(pattern, options)

/** The value of an expression that yields none. */
export const MISSING = undefined
export const MAX_INT = 2_147_483_647
export const MAX_LONG = Long.MAX_VALUE
export const MIN_KEY = new MinKey()
export const MAX_KEY = new MaxKey()
