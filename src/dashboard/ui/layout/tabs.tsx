import { useEffect, useRef } from 'preact/hooks'
import styles from './tabs.module.css'

interface TabsProps {
  /** Names the links for screen readers. */
  label: string
  tabs: readonly { href: string; label: string }[]
  /** The address of the present one. */
  current: string
}

/** Links to the parts of a room, of which one is shown. */
export function Tabs({ label, tabs, current }: TabsProps) {
  const nav = useRef<HTMLElement>(null)
  useEffect(() => scrollToCurrent(nav.current), [current])
  return (
    <nav ref={nav} class={styles.tabs} aria-label={label}>
      {tabs.map(tab => (
        <a key={tab.href} href={tab.href} class={styles.tab} aria-current={tab.href === current ? 'page' : undefined}>
          {tab.label}
        </a>
      ))}
    </nav>
  )
}

/** Scrolls to the present one: on a phone the tabs are wider than the window. `scrollIntoView` would have the tab key begin there. */
function scrollToCurrent(nav: HTMLElement | null): void {
  const tab = nav?.querySelector('[aria-current]')?.getBoundingClientRect()
  if (!nav || !tab) return
  const { left, width } = nav.getBoundingClientRect()
  nav.scrollLeft += tab.left - left - (width - tab.width) / 2
}
