import { Room } from '../../ui/layout/room.tsx'

export default function Reports() {
  return <Room title="Reports">to come</Room>
}
