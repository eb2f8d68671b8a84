import { Minus, Pause, Play, Plus, Scan } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { Button } from '../../../ui/actions/button.tsx'
import type { Zooming } from './use-zoom.ts'
import styles from './zoom-buttons.module.css'
import { STEP } from './zoom-keys.ts'

interface ZoomButtonsProps {
  zooming: Zooming
  /** Of an animation: whether it moves. */
  isPlaying?: boolean
  onPlay?(isPlaying: boolean): void
  children?: ComponentChildren
}

/** The buttons on a stage. */
export function ZoomButtons({ zooming: { scaleBy, fit }, isPlaying, onPlay, children }: ZoomButtonsProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls of forms
    <div class={styles.buttons} role="group" aria-label="View">
      {onPlay && (
        <Button
          emphasis="quiet"
          icon={isPlaying ? Pause : Play}
          label={isPlaying ? 'Pause' : 'Play'}
          onClick={() => onPlay(!isPlaying)}
        />
      )}
      <Button emphasis="quiet" icon={Minus} label="Zoom out" onClick={() => scaleBy(1 / STEP)} />
      <Button emphasis="quiet" icon={Plus} label="Zoom in" onClick={() => scaleBy(STEP)} />
      <Button emphasis="quiet" icon={Scan} label="Fit" onClick={fit} />
      {children}
    </div>
  )
}
