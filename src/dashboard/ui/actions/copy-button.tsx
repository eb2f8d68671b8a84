import { Check, Copy } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from './button.tsx'

const SHOWN_MS = 2_000

/**
 * Copies a text to the clipboard. Browsers have none on pages that came over plain http from another machine: then there is no button.
 * @param label says what is copied
 */
export function CopyButton({ text, label, onCopy }: { text: string; label: string; onCopy?(): void }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  if (!navigator.clipboard) return null
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    onCopy?.()
  }
  return <Button icon={copied ? Check : Copy} label={copied ? 'Copied' : label} onClick={copy} />
}
