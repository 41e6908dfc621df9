import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import { type Libc, openLibc } from '#shared/linux/libc.ts';

/** The C library, without which nothing is captured. @throws Exit where it cannot be called */
export function captureLibc(): Libc {
  try {
    return openLibc();
  } catch (error) {
    throw new Exit(
      exitCode.failed,
      `packets cannot be captured here: ${messageOf(error)}; it takes Linux with glibc on amd64 or arm64, as in the image`,
      { cause: error },
    );
  }
}
