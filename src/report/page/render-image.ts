import type { ImageReport } from '../model/image-report.ts'
import { renderDocument } from './document.ts'
import { html } from './html.ts'
import { imageSections, imageSummary } from './image-sections.ts'

/** A page about an image. */
export function renderImage(image: ImageReport): string {
  const { name, digest, platform, created } = image
  return renderDocument({
    title: name,
    about: [html`<code>${digest}</code>`, html`${platform}${created === undefined ? '' : `, created ${created}`}`],
    summary: imageSummary(image),
    sections: imageSections(image),
  })
}
