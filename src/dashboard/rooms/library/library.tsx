import { Room } from '../../ui/layout/room.tsx'

export default function Library() {
  return <Room title="Library">to come</Room>
}
