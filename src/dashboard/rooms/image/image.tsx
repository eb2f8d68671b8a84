import { Room } from '../../ui/layout/room.tsx'

export default function ImageRoom() {
  return <Room title="ImageRoom">to come</Room>
}
