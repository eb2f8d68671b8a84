/** The reason why an event is not accepted; `pointer` is the JSON Pointer (RFC 6901) of the field. */
export interface Rejection {
  code: RejectionCode
  detail: string
  pointer?: string
}

export type RejectionCode = keyof typeof REJECTIONS

/** Returns a rejection; `pointer` is left out where it names no field. */
export function rejection(code: RejectionCode, detail: string, pointer?: string): Rejection {
  return pointer === undefined ? { code, detail } : { code, detail, pointer }
}

/** The codes of rejected events: when each occurs, and what the client should do. */
export const REJECTIONS = {
  bad_json: { meaning: 'The line of the stream is not JSON, not UTF-8 or too long.', remedy: 'Correct the line.' },
  bad_field: {
    meaning: 'A field is missing, unknown, of the wrong type or range, or does not belong to this type of event.',
    remedy: 'Correct the field that `pointer` names.',
  },
  at_missing: {
    meaning: 'The `id` is not a UUIDv7, and `at` is missing.',
    remedy: 'Send the time of the event in `at`.',
  },
  at_mismatch: {
    meaning: '`at` differs from the time in the UUIDv7 `id`.',
    remedy: 'Leave `at` out, or send the time that the id carries.',
  },
  out_of_window: {
    meaning: 'The event is older than `ACCEPT_DAYS`, or more than 5 minutes in the future.',
    remedy: 'Correct the clock of the client. An event that is too old can not be stored.',
  },
  actor_not_allowed: {
    meaning: 'The caller may not name this actor, or the event names more than one.',
    remedy:
      'With an access token name no actor. With a key name one of `userId`, `appUserId` and `visitorId` (`events:collect`: `visitorId` only).',
  },
  actor_missing: {
    meaning: 'An API key sent an event without an actor.',
    remedy: 'Send `userId`, `appUserId` or `visitorId`.',
  },
  type_not_allowed: {
    meaning: 'A key with the scope `events:collect` sent an explicit event, such as a like.',
    remedy: 'Send explicit events with an access token or a key with `events:write`.',
  },
  unknown_image: {
    meaning: 'The image does not exist, or the caller may not see it.',
    remedy: 'Drop the event: the image may have been deleted.',
  },
  unknown_user: { meaning: 'The account does not exist.', remedy: 'Use `appUserId` for users of your own app.' },
  erased: { meaning: 'This person has been erased.', remedy: 'Drop the event, and further events of the person.' },
  refused: {
    meaning: 'The database rejects this event permanently.',
    remedy: 'Report it; sending it again does not help.',
  },
} as const satisfies Record<string, { meaning: string; remedy: string }>
