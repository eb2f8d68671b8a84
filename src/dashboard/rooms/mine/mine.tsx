import { Room } from '../../ui/layout/room.tsx'

export default function Mine() {
  return <Room title="Mine">to come</Room>
}
