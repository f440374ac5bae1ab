import type { PlaceParts } from './image-source.ts'
import { openTarget, type Shipment } from './image-target.ts'
import type { CopyEndpoint } from './place.ts'
import { reportCopy } from './report-copy.ts'
import type { TransferOptions } from '../transfer-options.ts'

/** Writes an image that was made here to a place, and reports it. */
export async function writeImage(
  shipment: Shipment,
  to: CopyEndpoint,
  { parts, options }: { readonly parts: PlaceParts; readonly options: TransferOptions },
): Promise<void> {
  const { descriptor } = shipment
  const { report } = options
  const target = await openTarget(to, parts, options)
  await reportCopy(
    { verb: 'write', from: to, to, descriptor, report },
    (onProgress) => target.take(shipment, onProgress),
    async () => undefined,
  )
}
