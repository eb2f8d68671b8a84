import {
  ChartNoAxesCombined,
  CircleUser,
  FileChartColumn,
  Images,
  type LucideIcon,
  Settings,
  TrendingUp,
} from 'lucide-preact'
import type { Role, User } from '../api/types.ts'

/** A room in the navigation. */
export interface NavigationEntry {
  href: string
  label: string
  icon: LucideIcon
  /** Who may enter; everybody by default. */
  who?: Role
}

/** The rooms in the order of the navigation. */
export const NAVIGATION: NavigationEntry[] = [
  { href: '/dashboard/', label: 'Library', icon: Images },
  { href: '/dashboard/mine', label: 'My numbers', icon: TrendingUp, who: 'user' },
  { href: '/dashboard/overview', label: 'Overview', icon: ChartNoAxesCombined, who: 'analyst' },
  { href: '/dashboard/reports', label: 'Reports', icon: FileChartColumn, who: 'analyst' },
  { href: '/dashboard/admin', label: 'Administration', icon: Settings, who: 'admin' },
  { href: '/dashboard/me', label: 'Account', icon: CircleUser, who: 'user' },
]

/** Whether an account may do what a role may do: admins may do what analysts may. */
export function mayAs(role: Role, user: User | null): boolean {
  if (!user) return false
  if (role === 'user') return true
  return user.roles.includes(role) || (role === 'analyst' && user.roles.includes('admin'))
}
