import { Room } from '../../ui/layout/room.tsx'

export default function Overview() {
  return <Room title="Overview">to come</Room>
}
