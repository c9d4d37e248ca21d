-- edge.db as its first release made it.
CREATE TABLE "event" ("position" INTEGER NOT NULL PRIMARY KEY, "body" BLOB NOT NULL, "hash" BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;
CREATE TABLE "epoch" ("epoch" TEXT NOT NULL PRIMARY KEY CHECK (length(epoch) = 16), "first_position" INTEGER NOT NULL CHECK (first_position > 0), "started_ms" INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "epochrow_first_position" ON "epoch" ("first_position");
CREATE TABLE "orders" ("order_key" INTEGER NOT NULL PRIMARY KEY, "issuer" TEXT NOT NULL, "order_id" TEXT NOT NULL, "revision" INTEGER NOT NULL CHECK (revision >= 0), "change" INTEGER NOT NULL, "cloud_state" TEXT NOT NULL CHECK (cloud_state IN ('open', 'cancelled', 'moved')), "pickup_date" TEXT NOT NULL, "body" BLOB NOT NULL, "checksum" INTEGER NOT NULL) STRICT;
CREATE INDEX "orderrow_pickup_date" ON "orders" ("pickup_date");
CREATE UNIQUE INDEX "orderrow_issuer_order_id" ON "orders" ("issuer", "order_id");
CREATE TABLE "parcel" ("parcel_key" INTEGER NOT NULL PRIMARY KEY, "order_key" INTEGER NOT NULL, "parcel_id" TEXT NOT NULL, "received_position" INTEGER, "returned_position" INTEGER, "retired" INTEGER NOT NULL CHECK (retired IN (0, 1)), "checksum" INTEGER NOT NULL, FOREIGN KEY ("order_key") REFERENCES "orders" ("order_key"), FOREIGN KEY ("received_position") REFERENCES "event" ("position"), FOREIGN KEY ("returned_position") REFERENCES "event" ("position")) STRICT;
CREATE UNIQUE INDEX "parcelrow_order_key_parcel_id" ON "parcel" ("order_key", "parcel_id");
CREATE TABLE "placement" ("place" TEXT NOT NULL PRIMARY KEY, "parcel_key" INTEGER NOT NULL, "position" INTEGER NOT NULL, "checksum" INTEGER NOT NULL, FOREIGN KEY ("parcel_key") REFERENCES "parcel" ("parcel_key"), FOREIGN KEY ("position") REFERENCES "event" ("position")) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "placementrow_parcel_key" ON "placement" ("parcel_key");
CREATE TABLE "hand_over" ("position" INTEGER NOT NULL PRIMARY KEY, "parcel_key" INTEGER NOT NULL, "place" TEXT NOT NULL, "trust" TEXT NOT NULL CHECK (trust IN ('A', 'B', 'C', 'D')), "method" TEXT NOT NULL, "released_ms" INTEGER NOT NULL, "attempts" INTEGER NOT NULL CHECK (attempts >= 1), "reopens" INTEGER NOT NULL CHECK (reopens >= 0), "outcome" TEXT CHECK (outcome IN ('collected', 'stuck')), "outcome_position" INTEGER, "outcome_ms" INTEGER, "confirmed_by" TEXT CHECK (confirmed_by IN ('sensor', 'customer', 'leader')), "annulled_by" INTEGER, "checksum" INTEGER NOT NULL, FOREIGN KEY ("position") REFERENCES "event" ("position"), FOREIGN KEY ("parcel_key") REFERENCES "parcel" ("parcel_key"), FOREIGN KEY ("outcome_position") REFERENCES "event" ("position"), FOREIGN KEY ("annulled_by") REFERENCES "event" ("position"), CHECK ((outcome IS NULL) = (outcome_position IS NULL)), CHECK ((outcome IS NULL) = (outcome_ms IS NULL)), CHECK ((outcome IS 'collected') = (confirmed_by IS NOT NULL))) STRICT;
CREATE UNIQUE INDEX "hand_over_once" ON "hand_over" ("parcel_key") WHERE ("annulled_by" IS NULL);
CREATE TABLE "document" ("name" TEXT NOT NULL PRIMARY KEY, "change" INTEGER NOT NULL, "body" BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE "applied" ("only" INTEGER NOT NULL PRIMARY KEY CHECK (only = 1), "generation" TEXT NOT NULL, "change" INTEGER NOT NULL) STRICT;
CREATE TABLE "door_note" ("place" TEXT NOT NULL PRIMARY KEY, "blocked_since_ms" INTEGER NOT NULL, "why" TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE "pin_attempt" ("only" INTEGER NOT NULL PRIMARY KEY CHECK (only = 1), "wrong" INTEGER NOT NULL CHECK (wrong >= 0), "boot_id" TEXT, "locked_until_ns" INTEGER, "lock_seconds" INTEGER) STRICT;
CREATE TABLE "trusted_floor" ("only" INTEGER NOT NULL PRIMARY KEY CHECK (only = 1), "ms" INTEGER NOT NULL) STRICT;
PRAGMA user_version = 1;
