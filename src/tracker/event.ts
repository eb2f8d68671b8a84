import type { Details, EventType } from './glance.d.ts'

/** What happened to an image. */
export interface Deed extends Details {
  imageId: string
  type: EventType
}

/** An event as it is sent. Its id carries its time. */
export interface SentEvent extends Deed {
  id: string
  visitorId: string
}
