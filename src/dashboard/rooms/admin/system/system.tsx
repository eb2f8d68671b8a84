import { Section } from '../../../ui/layout/room.tsx'

/** How the service is. */
export function System() {
  return <Section title="System">to come</Section>
}
