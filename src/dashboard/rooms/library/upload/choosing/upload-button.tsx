import { LogIn, Upload } from 'lucide-preact'
import { useRef } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { me, sessionState } from '../../../../api/session.ts'
import { Button, ButtonLink } from '../../../../ui/actions/button.tsx'
import { offer } from './offer.ts'

const TYPES = 'image/jpeg,image/png,image/webp,image/gif,image/avif'

/** Lets the reader choose images to upload; others are asked to sign in. */
export function UploadButton() {
  const { url } = useLocation()
  const input = useRef<HTMLInputElement>(null)
  if (sessionState.value === 'signed-out') {
    return (
      <ButtonLink icon={LogIn} href={`/dashboard/sign-in?to=${encodeURIComponent(url)}`}>
        Sign in to upload
      </ButtonLink>
    )
  }
  return (
    <>
      <input
        ref={input}
        type="file"
        accept={TYPES}
        multiple
        hidden
        onChange={({ currentTarget }) => {
          offer(Array.from(currentTarget.files ?? []))
          // The same files can be chosen again.
          currentTarget.value = ''
        }}
      />
      <Button emphasis="primary" icon={Upload} disabled={me.value === null} onClick={() => input.current?.click()}>
        Upload
      </Button>
    </>
  )
}
