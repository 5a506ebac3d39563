/** What browsers that can read codes offer (Shape Detection API); the types of the platform do not have it. */
type Detector = { detect(source: HTMLVideoElement | ImageBitmap): Promise<readonly { readonly rawValue: string }[]> };
type DetectorClass = new (options: { readonly formats: readonly string[] }) => Detector;

const LOOK_EVERY_MS = 250;
const LOOK_FOR_MS = 60_000;

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

export function canScan(): boolean {
  return detectorClass() !== undefined && navigator.mediaDevices !== undefined;
}

/** The text of the first code that the camera sees; undefined after a minute without one. Pictures leave this page nowhere. */
export async function scanCode(video: HTMLVideoElement): Promise<string | undefined> {
  const Class = detectorClass();
  if (Class === undefined) return undefined;
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  video.srcObject = stream;
  video.hidden = false;
  try {
    await video.play();
    const detector = new Class({ formats: ['qr_code'] });
    for (let waitedMs = 0; waitedMs < LOOK_FOR_MS; waitedMs += LOOK_EVERY_MS) {
      const [found] = await detector.detect(video);
      if (found !== undefined) return found.rawValue;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return undefined;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    video.hidden = true;
  }
}

const MAX_PICTURE_BYTES = 20_971_520;
/** Larger pictures are made smaller first: a code that fills a screen is read all the same. */
const MAX_SIDE = 1600;

/** The text of the code in a picture; undefined when there is none to be found. It is looked at in this page alone. */
export async function readPicture(file: Blob): Promise<string | undefined> {
  if (file.size > MAX_PICTURE_BYTES) return undefined;
  const whole = await createImageBitmap(file).catch(() => undefined);
  if (whole === undefined) return undefined;
  const shrunk = Math.min(1, MAX_SIDE / Math.max(whole.width, whole.height));
  const [width, height] = [Math.round(whole.width * shrunk), Math.round(whole.height * shrunk)];
  const Class = detectorClass();
  if (Class !== undefined) {
    const [found] = await new Class({ formats: ['qr_code'] }).detect(whole).catch(() => []);
    if (found !== undefined) return found.rawValue;
  }
  const drawn = new OffscreenCanvas(width, height).getContext('2d');
  if (drawn === null) return undefined;
  drawn.drawImage(whole, 0, 0, width, height);
  const { data } = drawn.getImageData(0, 0, width, height);
  // Only where it is needed: most browsers read codes by themselves.
  const { default: decodeQR } = await import('qr/decode.js');
  try {
    return decodeQR({ width, height, data });
  } catch {
    return undefined;
  }
}
