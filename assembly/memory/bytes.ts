/**
 * bytes: comparing and copying runs of bytes. memory.copy has a call's overhead in V8, so short runs
 * (keys, small values) are moved by loads and stores.
 */

/** Copies `len` bytes; the runs must not overlap unless `dst` <= `src`. O(n). */
// @ts-ignore: decorator
@inline
export function copyBytes(dst: usize, src: usize, len: usize): void {
  if (len > 64) memory.copy(dst, src, len);
  else copyShort(dst, src, len);
}

/** At most 64 bytes: two overlapping halves of the next power of two, no loop, no byte tail. */
function copyShort(dst: usize, src: usize, len: usize): void {
  if (len >= 16) {
    const tail = v128.load(src + len - 16);
    if (len > 32) {
      const b = v128.load(src + 16);
      const c = v128.load(src + len - 32);
      v128.store(dst, v128.load(src));
      v128.store(dst + 16, b);
      v128.store(dst + len - 32, c);
    } else {
      v128.store(dst, v128.load(src));
    }
    v128.store(dst + len - 16, tail);
  } else if (len >= 8) {
    const tail = load<u64>(src + len - 8);
    store<u64>(dst, load<u64>(src));
    store<u64>(dst + len - 8, tail);
  } else if (len >= 4) {
    const tail = load<u32>(src + len - 4);
    store<u32>(dst, load<u32>(src));
    store<u32>(dst + len - 4, tail);
  } else if (len) {
    const middle = load<u8>(src + (len >> 1));
    const tail = load<u8>(src + len - 1);
    store<u8>(dst, load<u8>(src));
    store<u8>(dst + (len >> 1), middle);
    store<u8>(dst + len - 1, tail);
  }
}

/** Whether two runs of `len` bytes are the same. Reads nothing beyond them. O(n). */
export function equalBytes(a: usize, b: usize, len: usize): bool {
  if (len >= 16) {
    const last = len - 16;
    for (let i: usize = 0; i < last; i += 16) {
      if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
    }
    return !v128.any_true(v128.xor(v128.load(a + last), v128.load(b + last)));
  }
  if (len >= 8) {
    return ((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a + len - 8) ^ load<u64>(b + len - 8))) == 0;
  }
  if (len >= 4) {
    return ((load<u32>(a) ^ load<u32>(b)) | (load<u32>(a + len - 4) ^ load<u32>(b + len - 4))) == 0;
  }
  for (let i: usize = 0; i < len; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** As equalBytes, with the lengths that most keys have compared on the spot. */
// @ts-ignore: decorator
@inline
export function equalKeys(a: usize, b: usize, len: usize): bool {
  if (len - 16 > 16) return equalBytes(a, b, len);
  const last = len - 16;
  const head = v128.xor(v128.load(a), v128.load(b));
  return !v128.any_true(v128.or(head, v128.xor(v128.load(a + last), v128.load(b + last))));
}

/** Order of two byte strings: by the first byte that differs, unsigned, then the shorter first. <0, 0, >0. O(n). */
export function compareBytes(a: usize, aLen: usize, b: usize, bLen: usize): i32 {
  const common = min(aLen, bLen);
  if (common >= 8) {
    // The last eight bytes overlap those before, which are the same by then.
    const last = common - 8;
    for (let i: usize = 0; i < last; i += 8) {
      const x = load<u64>(a + i);
      const y = load<u64>(b + i);
      if (x != y) return bswap<u64>(x) < bswap<u64>(y) ? -1 : 1;
    }
    const x = load<u64>(a + last);
    const y = load<u64>(b + last);
    if (x != y) return bswap<u64>(x) < bswap<u64>(y) ? -1 : 1;
  } else {
    for (let i: usize = 0; i < common; i++) {
      const d = <i32>load<u8>(a + i) - <i32>load<u8>(b + i);
      if (d) return d;
    }
  }
  return aLen == bLen ? 0 : aLen < bLen ? -1 : 1;
}

/** Moves `n` words to an address above or below, the runs may overlap. For few: memory.copy is a call out of the module. O(n) */
export function moveWords(dst: usize, src: usize, n: u32): void {
  if (dst < src) {
    for (; n >= 4; n -= 4) {
      v128.store(dst, v128.load(src));
      dst += 16;
      src += 16;
    }
    for (; n; n--) {
      store<u32>(dst, load<u32>(src));
      dst += 4;
      src += 4;
    }
    return;
  }
  dst += (<usize>n) << 2;
  src += (<usize>n) << 2;
  for (; n >= 4; n -= 4) {
    dst -= 16;
    src -= 16;
    v128.store(dst, v128.load(src));
  }
  for (; n; n--) {
    dst -= 4;
    src -= 4;
    store<u32>(dst, load<u32>(src));
  }
}

/** Lower-case form of one ASCII byte. */
// @ts-ignore: decorator
@inline
export function lowerByte(c: u32): u32 {
  return c - 0x41 < 26 ? c | 0x20 : c;
}

/** Whether two runs of `len` bytes are the same but for the case of ASCII letters. O(n). */
export function equalBytesNoCase(a: usize, b: usize, len: usize): bool {
  for (let i: usize = 0; i < len; i++) {
    if (lowerByte(load<u8>(a + i)) != lowerByte(load<u8>(b + i))) return false;
  }
  return true;
}

/** Whether the bytes are the ASCII literal `text`, in any case. `text` must be upper-case. O(n). */
export function equalsWord(ptr: usize, len: usize, text: string): bool {
  if (len != text.length) return false;
  const word = changetype<usize>(text);
  for (let i: usize = 0; i < len; i++) {
    let c: u32 = load<u8>(ptr + i);
    if (c - 0x61 < 26) c &= 0xdf;
    if (c != load<u16>(word + (i << 1))) return false;
  }
  return true;
}

/** Writes the ASCII literal `text`, one byte a character; returns its length. */
export function putText(dst: usize, text: string): u32 {
  const n: u32 = text.length;
  const src = changetype<usize>(text);
  for (let i: u32 = 0; i < n; i++) store<u8>(dst + i, <u8>load<u16>(src + (i << 1)));
  return n;
}
