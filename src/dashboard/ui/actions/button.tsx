import type { LucideIcon } from 'lucide-preact'
import type { ComponentChildren, JSX } from 'preact'
import styles from './button.module.css'

/** How much a button stands out: one primary button a form or dialog, `danger` for what can not be undone. */
export type Emphasis = 'plain' | 'primary' | 'danger' | 'quiet'

interface Looks {
  children?: ComponentChildren
  emphasis?: Emphasis
  icon?: LucideIcon
  /** Names a button that shows its icon only. */
  label?: string
}

type ButtonProps = Looks & {
  onClick?: (event: JSX.TargetedMouseEvent<HTMLButtonElement>) => void
  type?: 'button' | 'submit'
  disabled?: boolean
  /** Its work is in progress: it can not be pressed again. */
  busy?: boolean
  /** Whether a toggle is on; undefined for a button that is none. */
  pressed?: boolean
}

/** A button. */
export function Button({ children, emphasis = 'plain', icon, label, busy, pressed, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || busy === true}
      aria-busy={busy}
      aria-pressed={pressed}
      {...namedBy(label)}
      class={classesOf(emphasis, children)}
    >
      <Content icon={icon}>{children}</Content>
    </button>
  )
}

/** A link that looks like a button. @param download has the browser save the file */
export function ButtonLink({
  children,
  emphasis = 'plain',
  icon,
  label,
  ...rest
}: Looks & { href: string; download?: boolean; target?: string }) {
  return (
    <a {...rest} {...namedBy(label)} class={classesOf(emphasis, children)}>
      <Content icon={icon}>{children}</Content>
    </a>
  )
}

function Content({ icon: Icon, children }: { icon: LucideIcon | undefined; children: ComponentChildren }) {
  return (
    <>
      {Icon && <Icon class={styles.icon ?? ''} aria-hidden="true" />}
      {children}
    </>
  )
}

function namedBy(label: string | undefined) {
  return label === undefined ? {} : { 'aria-label': label, title: label }
}

function classesOf(emphasis: Emphasis, children: ComponentChildren): string {
  return [styles.button, styles[emphasis], ...(children === undefined ? [styles.square] : [])].join(' ')
}
