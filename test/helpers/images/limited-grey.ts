/** An AVIF of 64 by 64 pixels up to its samples: a single plane, in the limited range as its colour description says. */
const HEAD = Buffer.from(
  'AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAA' +
    'AAAAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAAQ0AAAAfAAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGhpcHJw' +
    'AAAASWlwY28AAAAUaXNwZQAAAAAAAABAAAAAQAAAAA5waXhpAAAAAAEIAAAADGF2MUOBABwAAAAAE2NvbHJuY2x4AAEADQAGAAAAABdpcG1hAA' +
    'AAAAAAAAEAAQQBAoMEAAAAJ21kYXQSAAoJGBV//aYCGgxAMhASBqkAg+QAz8wL',
  'base64',
)
/** The samples of levels of grey. */
const SAMPLES = { 0: 'f46615d3d2e0', 240: 'f2c0187155e0' } as const

/** A grey AVIF without planes of colours, whose samples have the limited range. The encoder of sharp writes none. */
export function limitedGrey(level: keyof typeof SAMPLES): Buffer {
  return Buffer.concat([HEAD, Buffer.from(SAMPLES[level], 'hex')])
}
