import { QueryClientProvider } from '@tanstack/preact-query'
import { ErrorBoundary, LocationProvider, lazy, Route, Router } from 'preact-iso'
import { answers } from './api/answers.ts'
import { guarded } from './shell/guarded.tsx'
import { Shell } from './shell/shell.tsx'

const Library = lazy(() => import('./rooms/library/library.tsx'))
const ImageRoom = lazy(() => import('./rooms/image/image.tsx'))
const Mine = guarded(
  'user',
  'My numbers',
  lazy(() => import('./rooms/mine/mine.tsx')),
)
const Overview = guarded(
  'analyst',
  'Overview',
  lazy(() => import('./rooms/overview/overview.tsx')),
)
const Reports = guarded(
  'analyst',
  'Reports',
  lazy(() => import('./rooms/reports/reports.tsx')),
)
const Admin = guarded(
  'admin',
  'Administration',
  lazy(() => import('./rooms/admin/admin.tsx')),
)
const Me = guarded(
  'user',
  'Account',
  lazy(() => import('./rooms/me/me.tsx')),
)
const SignIn = lazy(() => import('./rooms/welcome/sign-in.tsx'))
const SignUp = lazy(() => import('./rooms/welcome/sign-up.tsx'))
const Setup = lazy(() => import('./rooms/welcome/setup.tsx'))
const Nowhere = lazy(() => import('./rooms/nowhere.tsx'))

/** The page: its frame, and the rooms by their addresses. */
export function App() {
  return (
    <QueryClientProvider client={answers}>
      <LocationProvider scope="/dashboard">
        <Shell>
          <ErrorBoundary>
            <Router>
              <Route path="/dashboard" component={Library} />
              <Route path="/dashboard/images/:id" component={ImageRoom} />
              <Route path="/dashboard/mine" component={Mine} />
              <Route path="/dashboard/overview" component={Overview} />
              <Route path="/dashboard/reports/:name?" component={Reports} />
              <Route path="/dashboard/admin/:part?" component={Admin} />
              <Route path="/dashboard/me/:part?" component={Me} />
              <Route path="/dashboard/sign-in" component={SignIn} />
              <Route path="/dashboard/sign-up" component={SignUp} />
              <Route path="/dashboard/setup" component={Setup} />
              <Route default component={Nowhere} />
            </Router>
          </ErrorBoundary>
        </Shell>
      </LocationProvider>
    </QueryClientProvider>
  )
}
