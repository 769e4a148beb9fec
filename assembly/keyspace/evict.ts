/**
 * evict: what happens when memory is at its limit: maxmemory, or what is left below the instance's last page.
 */
import { root } from "../root.ts";
import { SETTING_MAXMEMORY, setting } from "../settings.ts";

/** Pages kept back from the instance's maximum, so that replies and the query buffers still find room: 16 MiB. */
const RESERVED_PAGES: u32 = 256;

/** Sets root.memoryLimit after maxmemory has changed. */
export function memoryLimitUpdate(): void {
  const most = <f64>((<u64>max(<i32>root.pagesMax - <i32>RESERVED_PAGES, 32)) << 16);
  const wanted = setting(SETTING_MAXMEMORY);
  root.memoryLimit = <u64>(wanted > 0 && wanted < most ? wanted : most);
}

/** Called with usedMemory above the limit: whether a command that needs memory may run, after evicting what may go. */
export function memoryAllows(): bool {
  return root.usedMemory <= root.memoryLimit;
}
