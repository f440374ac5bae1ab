import { deviceAttribute, encodeDevice } from '@tsbuild/isolate'
import type { MaterializeOptions } from '@tsbuild/tree'

/** Attribute of the empty file in the place of a device that a user namespace refuses. */
export const deviceXattr: NonNullable<MaterializeOptions['deviceXattr']> = (device) => ({
  name: deviceAttribute,
  value: encodeDevice(device),
})
