import type { Shape } from '../shape.ts'

/**
 * Format of Gorse: users, items and feedback as JSON lines, as its dashboard imports them. The type of a feedback is the type of the
 * event that determined the label, or `read` for a negative; its value is the label. Private images are hidden. The configuration of
 * Gorse must name the types: `positive_feedback_types = ["like", "save", "dwell", "rating>0"]`,
 * `negative_feedback_types = ["dislike"]`, `read_feedback_types = ["read"]`. The exposures files contain the positions at
 * which images were shown.
 * Source: https://gorse.io/docs/concepts/data-source.html, https://gorse.io/docs/gorse-dashboard.html
 */
export const gorse: Shape = {
  parts: ['train', 'test'],
  people: [{ name: 'users.jsonl', line: person => line({ UserId: person, Labels: {}, Comment: '' }) }],
  items: [
    {
      name: 'items.jsonl',
      line: ({ imageId, title, tags, uploadedAt, visibility }) =>
        line({
          ItemId: imageId,
          IsHidden: visibility === 'private',
          Categories: [],
          Timestamp: uploadedAt,
          Labels: { tags },
          Comment: title,
        }),
    },
  ],
  interactions: part => [
    {
      name: `feedback.${part}.jsonl`,
      line: ({ person, imageId, label, by = 'read', at }) =>
        line({ FeedbackType: by, UserId: person, ItemId: imageId, Value: label, Timestamp: new Date(at) }),
    },
    {
      name: `exposures.${part}.jsonl`,
      line: ({ person, imageId, listId, position, at }) =>
        listId === undefined && position === undefined
          ? undefined
          : line({ UserId: person, ItemId: imageId, ListId: listId, Position: position, Timestamp: new Date(at) }),
    },
  ],
}

function line(record: object): string {
  return `${JSON.stringify(record)}\n`
}
