import { Room } from '../../ui/layout/room.tsx'

export default function Me() {
  return <Room title="Me">to come</Room>
}
