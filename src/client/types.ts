/** Names for types of the API. */
import type { operations } from './api.ts'

type Json<Holder> = Holder extends { content: { 'application/json': infer Body } } ? Body : never
type BodyOf<Name extends keyof operations> = Json<NonNullable<operations[Name]['requestBody']>>

export type { ProblemCode, paths, RejectionCode } from './api.ts'
export type Image = Json<operations['uploadImage']['responses'][201]>
export type Grant = Json<operations['signIn']['responses'][201]>
/** What somebody did with an image. */
export type Event = Extract<BodyOf<'postEvents'>, { imageId: string }>
export type EventsAnswer = Json<operations['postEvents']['responses'][202]>
/** An event that was not stored, or what was left out of one that was, by its index among the events that were sent. */
export type Rejected = EventsAnswer['rejected'][number]
export type Warned = EventsAnswer['warnings'][number]
