import { ErrorBoundary, lazy } from 'preact-iso'
import { uploads } from '../rooms/library/upload/queue/uploads.ts'

const UploadPanel = lazy(() => import('../rooms/library/upload/panel/panel.tsx'))

/** The uploads of this tab, if there are any. */
export function Uploads() {
  if (uploads.value.length === 0) return null
  return (
    <ErrorBoundary>
      <UploadPanel />
    </ErrorBoundary>
  )
}
