import { LogIn, LogOut, Menu } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { confirmation } from '../api/confirmation.ts'
import { me, sessionState, signOut } from '../api/session.ts'
import { Button, ButtonLink } from '../ui/actions/button.tsx'
import { Toasts, toast } from '../ui/feedback/toast.tsx'
import { ConfirmPassword } from './confirm-password.tsx'
import { mayAs, NAVIGATION } from './rooms.ts'
import styles from './shell.module.css'
import { SignInAgain } from './sign-in-again.tsx'
import { Uploads } from './uploads.tsx'
import { useForgetting } from './use-forgetting.ts'

/** The frame of all rooms: navigation, the room itself, and what appears above it. */
export function Shell({ children }: { children: ComponentChildren }) {
  const drawer = useRef<HTMLDialogElement>(null)
  const { url } = useLocation()
  useForgetting()
  // Another room was opened.
  useEffect(() => drawer.current?.close(), [url])
  return (
    <div class={styles.shell}>
      <a class={styles.skip} href="#room">
        Skip to content
      </a>
      <header class={styles.topbar}>
        <Button emphasis="quiet" icon={Menu} label="Menu" onClick={() => drawer.current?.showModal()} />
        <Brand />
      </header>
      <aside class={styles.sidebar}>
        <Brand />
        <Navigation />
      </aside>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog */}
      <dialog
        ref={drawer}
        class={styles.drawer ?? ''}
        aria-label="Menu"
        onClick={event => event.target === event.currentTarget && drawer.current?.close()}
      >
        <div class={styles.drawerContent}>
          <Navigation />
        </div>
      </dialog>
      <main id="room" class={styles.room} tabIndex={-1}>
        {children}
      </main>
      <Uploads />
      {confirmation.value && <ConfirmPassword {...confirmation.value} />}
      {sessionState.value === 'expired' && <SignInAgain />}
      <Toasts />
    </div>
  )
}

function Brand() {
  return (
    <a class={styles.brand} href="/dashboard/">
      <img src={`${import.meta.env.BASE_URL}icon.svg`} width={24} height={24} alt="" />
      Glance
    </a>
  )
}

function Navigation() {
  const { path, route } = useLocation()
  const isHere = (href: string) =>
    href === '/dashboard/' ? path === '/dashboard' || path.startsWith('/dashboard/images/') : path.startsWith(href)

  async function leave() {
    await signOut()
    toast('You are signed out.')
    route('/dashboard/')
  }

  return (
    <nav class={styles.navigation} aria-label="Rooms">
      <ul>
        {NAVIGATION.filter(({ who }) => !who || mayAs(who, me.value)).map(({ href, label, icon: Icon }) => (
          <li key={href}>
            <a href={href} class={styles.entry} aria-current={isHere(href) ? 'page' : undefined}>
              <Icon class={styles.icon ?? ''} aria-hidden="true" />
              {label}
            </a>
          </li>
        ))}
      </ul>
      <div class={styles.account}>
        {me.value ? (
          <>
            <span class={styles.who}>{me.value.displayName ?? me.value.email}</span>
            <Button emphasis="quiet" icon={LogOut} label="Sign out" onClick={leave} />
          </>
        ) : (
          <ButtonLink icon={LogIn} href="/dashboard/sign-in">
            Sign in
          </ButtonLink>
        )}
      </div>
    </nav>
  )
}
