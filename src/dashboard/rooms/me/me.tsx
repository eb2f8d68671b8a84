import { tabbedRoom } from '../tabbed-room.tsx'
import { Activity } from './activity.tsx'
import { Data } from './data/data.tsx'
import { Opinions } from './opinions/opinions.tsx'
import { Profile } from './profile/profile.tsx'
import { Sessions } from './sessions.tsx'

/** The reader's account. */
export default tabbedRoom('Account', '/dashboard/me', {
  profile: { label: 'Profile', content: Profile },
  sessions: { label: 'Sessions', content: Sessions },
  opinions: { label: 'Liked and saved', content: Opinions },
  activity: { label: 'Activity', content: Activity },
  data: { label: 'My data', content: Data },
})
