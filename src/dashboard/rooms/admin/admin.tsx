import { Room } from '../../ui/layout/room.tsx'

export default function Admin() {
  return <Room title="Admin">to come</Room>
}
