import { checkFileOutput } from '../disk/image-file.ts';
import { writeOutput } from '../disk/write-output.ts';
import { breather, type Host, throwIfAborted } from '../host.ts';
import type { OpenedImage } from '../inspect/image.ts';
import { renderPage } from './page/page.ts';
import { type ReportData, type ReportDataOptions, reportData } from './report-data.ts';

/** A report, as a page and as what the page shows. */
export interface Report {
  readonly data: ReportData;
  /** HTML; needs nothing but itself. */
  readonly page: string;
}

/** What a report is about, and where its page goes. */
export interface ReportFileOptions extends ReportDataOptions {
  /** Path of the page. */
  readonly output: string;
  /** Overwrites what has that name. */
  readonly force?: boolean;
}

/** A page that was written. */
export interface WrittenReport {
  readonly path: string;
  /** Of the page, in bytes. */
  readonly size: number;
  readonly data: ReportData;
}

type ReportHost = Pick<Host, 'now' | 'signal' | 'temporaryDirectory'>;

/**
 * Makes a report of an image. Equal images, names of their files and options give equal pages.
 *
 * @throws RB_ARGUMENT when there is no such partition; what reading the image throws
 */
export async function report(
  image: OpenedImage,
  options: ReportDataOptions,
  host: ReportHost,
): Promise<Report> {
  const data = await reportData(image, options, host);
  return { data, page: await renderPage(data, breather(host)) };
}

/**
 * Writes a report of an image; it appears under its name when it is whole.
 *
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE, and what {@link report} throws
 */
export async function writeReport(
  image: OpenedImage,
  { output, force, ...options }: ReportFileOptions,
  host: ReportHost,
): Promise<WrittenReport> {
  checkFileOutput(output, { force });
  const { data, page } = await report(image, options, host);
  throwIfAborted(host.signal);
  writeOutput(output, page);
  return { path: output, size: Buffer.byteLength(page), data };
}
