import type { EventType } from '../../../src/events/event.ts'

/** An event as it is posted, with the text of a comment, which is stored elsewhere. */
export interface DemoEvent {
  id: string
  at: string
  imageId: string
  type: EventType
  userId?: string
  visitorId?: string
  geography?: { country: string }
  sessionId?: string
  listId?: string
  position?: number
  durationMs?: number
  depth?: number
  scale?: number
  value?: number
  context?: { device: string }
  text?: string
}
