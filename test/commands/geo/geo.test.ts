/** Geo commands beside native Redis: every command once, options and errors. */
import { describe, it } from "vitest";
import { usePair } from "../../support/pair.ts";

const pair = usePair();

describe.skipIf(!pair.available)("geo commands", () => {
  it.each([2, 3] as const)(
    "answer as native Redis does, right and wrong arguments alike [RESP%d]",
    async (resp) => {
      const commands = [
        "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
        "GEOADD g 181 0 x",
        "GEOADD g 0 86 x",
        "GEOADD g a b x",
        "GEOADD g 1e300 -7 x",
        "GEOADD g nx xx 1 1 x",
        "GEOADD g ch 13.361389 38.1155 Palermo",
        "GEOADD g 1 2",
        "GEOADD g nx 1 1",
        "GEOPOS g Palermo nope",
        "GEOHASH g Palermo nope",
        "GEODIST g Palermo Catania",
        "GEODIST g Palermo Catania mi",
        "GEODIST g Palermo nope",
        "GEODIST g Palermo Catania xx",
        "GEODIST nokey a b",
        "GEORADIUS g 15 37 200 km withcoord withdist withhash",
        "GEORADIUS g 15 37 200 km count 1 asc",
        "GEORADIUS g 15 37 200 km store d",
        "GEORADIUS g 15 37 -1 km",
        "GEORADIUS g 15 37 x km",
        "GEORADIUS g 15 37 200 yy",
        "GEORADIUS g 15 37 200 km count 0",
        "GEORADIUS g 15 37 200 km any",
        "GEORADIUSBYMEMBER g Palermo 200 km",
        "GEORADIUSBYMEMBER g nope 200 km",
        "GEOSEARCH g frommember Palermo byradius 200 km asc",
        "GEOSEARCH g fromlonlat 15 37 bybox 400 400 km asc count 3 withcoord withdist withhash",
        "GEOSEARCH g frommember Palermo fromlonlat 1 1 byradius 1 km",
        "GEOSEARCH g frommember Palermo byradius 1 km bybox 1 1 km",
        "GEOSEARCH g frommember Palermo byradius 1 km any",
        "GEOSEARCH g frommember nope byradius 1 km",
        "GEOSEARCH g asc asc asc asc asc",
        "GEOSEARCH g frommember Palermo asc asc asc",
        "GEOSEARCH nokey frommember nope byradius 1 km",
        "GEOSEARCH g fromlonlat 200 0 byradius 1 km",
        "GEOSEARCH g frommember Palermo bybox -1 1 km",
        "ZRANGE d 0 -1 WITHSCORES",
        "GEOSEARCHSTORE d g frommember Palermo byradius 400 km withdist",
        "GEOSEARCHSTORE d g asc asc asc asc asc",
        "GEOSEARCHSTORE d nokey frommember Palermo byradius 400 km",
        "EXISTS d",
        "GEORADIUS_RO g 15 37 200 km store x",
        "GEORADIUS nokey 15 x 200 km",
        "GEORADIUSBYMEMBER nokey 15 200 km",
      ];
      await pair.expectSame(commands, { resp });
    },
  );
});
