/** The answers of the API, as their schemas describe them: a changed answer breaks the type check of the page. */
import type { Static } from '@fastify/type-provider-typebox'
import type { AuditEntry as AuditEntrySchema } from '../../accounts/admin-routes.ts'
import type { Key as KeySchema } from '../../accounts/api-keys/key-routes.ts'
import type { User as UserSchema } from '../../accounts/schemas.ts'
import type { Session as SessionSchema } from '../../accounts/sessions/session-routes.ts'
import type { Grant as GrantSchema } from '../../accounts/sessions/sign-in-routes.ts'
import type { CommentSchema } from '../../comments/routes.ts'
import type { MyEventSchema } from '../../events/mine/my-event-routes.ts'
import type { FeedbackSchema } from '../../feedback/routes.ts'
import type { FileLink as FileLinkSchema } from '../../images/delivery/file-schemas.ts'
import type { ImagePage, ImageSchema } from '../../images/schemas.ts'
import type { ReceiptSchema } from '../../privacy/schemas.ts'
import type { ReportList as ReportListSchema, ReportSchema } from '../../reports/schemas.ts'
import type { MyStats as MyStatsSchema } from '../../stats/own/own-schemas.ts'
import type { TopAnswer as TopSchema, TrendingAnswer as TrendingSchema } from '../../stats/rankings/ranking-schemas.ts'
import type { ImageStats as ImageStatsSchema, SiteStats as SiteStatsSchema } from '../../stats/schemas.ts'

export type { EventType } from '../../events/event.ts'
export type { Role, Scope } from '../../http/plugins/identity.ts'
export type { System } from '../../system/schemas.ts'

/** A page of a list. */
export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

export type User = Static<typeof UserSchema>
export type Grant = Static<typeof GrantSchema>
export type Session = Static<typeof SessionSchema>
export type Key = Static<typeof KeySchema>
export type AuditEntry = Static<typeof AuditEntrySchema>

export type Image = Static<typeof ImageSchema>
/** An image in a list, with the number that the list is sorted by. */
export type ListedImage = Static<typeof ImagePage>['items'][number]
/** A link to the file of a private image. */
export type FileLink = Static<typeof FileLinkSchema>
export type Feedback = Static<typeof FeedbackSchema>
export type Comment = Static<typeof CommentSchema>

export type MyEvent = Static<typeof MyEventSchema>

export type SiteStats = Static<typeof SiteStatsSchema>
export type ImageStats = Static<typeof ImageStatsSchema>
export type MyStats = Static<typeof MyStatsSchema>
/** The numbers of a range of time. */
export type Block = SiteStats['totals']
export type Top = Static<typeof TopSchema>
export type Trending = Static<typeof TrendingSchema>

export type Report = Static<typeof ReportSchema>
export type ReportDescription = Static<typeof ReportListSchema>['items'][number]
export type Receipt = Static<typeof ReceiptSchema>
