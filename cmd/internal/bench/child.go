package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/storage"
)

// childCommand makes this program a server with options that cosemu has no settings for: the number
// of entries in its journal, and a number of empty objects at the start.
const childCommand = "serve-emulator"

// serveChild serves the default configuration in memory until it is killed.
func serveChild(args []string) error {
	if len(args) != 3 {
		return errors.New("want an address, a number of entries and one of objects")
	}
	entries, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	objects, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	store, err := storage.OpenMemory(storage.Options{})
	if err != nil {
		return err
	}
	if err := fillStore(store, objects); err != nil {
		return err
	}
	e, err := emulator.New(emulator.Config{
		Buckets: []emulator.BucketConfig{{Name: config.DefaultBucket}},
		Keys:    []emulator.Key{{SecretID: config.DefaultSecretID, SecretKey: config.DefaultSecretKey, AppID: config.DefaultAppID}},
		Journal: emulator.JournalOptions{Entries: entries},
		Log:     slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}, store)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", args[0])
	if err != nil {
		return err
	}
	return e.Serve(&http.Server{Handler: e}, l, nil) //nolint:gosec // its one client is this program
}
