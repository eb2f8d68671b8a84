/** Constructors of the BSON types that JavaScript does not have, and values that several tables contain. */
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

export const EVE = date('1999-12-31T23:59:59.999Z')
export const LEAP_DAY = date('2024-02-29T12:30:00Z')
/** It was made at 2024-01-11T14:49:36Z. */
export const OID = objectId('65a000000000000000000001')
export const MIXED = [null, 1, 'x', [1]]
export const OBJECT = { x: 1, y: 'q' }
