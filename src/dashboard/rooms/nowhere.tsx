import { SearchX } from 'lucide-preact'
import { ButtonLink } from '../ui/actions/button.tsx'
import { Empty } from '../ui/feedback/empty.tsx'
import { Room } from '../ui/layout/room.tsx'

/** Says that there is no room at an address. */
export default function Nowhere() {
  return (
    <Room title="Not found">
      <Empty icon={SearchX} title="There is no page at this address.">
        <ButtonLink href="/dashboard/">Go to the library</ButtonLink>
      </Empty>
    </Room>
  )
}
