import { Lock } from 'lucide-preact'
import type { FunctionComponent } from 'preact'
import { useLocation } from 'preact-iso'
import { me, sessionState } from '../api/session.ts'
import type { Role } from '../api/types.ts'
import { ButtonLink } from '../ui/actions/button.tsx'
import { Empty } from '../ui/feedback/empty.tsx'
import { SkeletonRows } from '../ui/feedback/skeleton.tsx'
import { Room } from '../ui/layout/room.tsx'
import { mayAs } from './rooms.ts'

/** Returns a room that opens to accounts with a role; others read how they get in. */
export function guarded(role: Role, title: string, Inside: FunctionComponent): FunctionComponent {
  return () => {
    const { url } = useLocation()
    if (mayAs(role, me.value)) return <Inside />
    if (sessionState.value === 'unknown') {
      return (
        <Room title={title}>
          <SkeletonRows />
        </Room>
      )
    }
    return (
      <Room title={title}>
        {me.value ? (
          <Empty icon={Lock} title={`This page is for ${role === 'admin' ? 'admins' : 'analysts and admins'}.`}>
            <p>An admin can give your account the role {role}.</p>
          </Empty>
        ) : (
          <Empty icon={Lock} title="Sign in to see this page.">
            <ButtonLink emphasis="primary" href={`/dashboard/sign-in?to=${encodeURIComponent(url)}`}>
              Sign in
            </ButtonLink>
          </Empty>
        )}
      </Room>
    )
  }
}
