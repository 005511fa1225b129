package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/emulator/journal"
	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/cosemu/cosemu/emulator/wire"
	"github.com/cosemu/cosemu/storage"
)

// journalCommand makes this program a server whose journal keeps as many
// entries as it is told: cosemu itself has no setting for that.
const journalCommand = "serve-journal"

// measureJournal compares an emulator whose journal keeps the usual number of
// requests with one that keeps a single one.
func (b *bench) measureJournal(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p := &pair{send: raw}
	for _, s := range []struct {
		side    *load
		entries int
	}{{&p.base, 1}, {&p.other, journal.DefaultEntries}} {
		s.side.server, err = b.start(ctx, func(addr string) []string {
			return []string{self, journalCommand, addr, strconv.Itoa(s.entries)}
		})
		if err != nil {
			return err
		}
	}
	for round := range 2*b.Rounds + 1 {
		if err := p.turn(ctx, b.signer, fmt.Sprintf("j/%d/", round), b.Small, round > 0); err != nil {
			return err
		}
	}
	b.add(p.row(fmt.Sprintf("1 KiB PUT, journal of %d", journal.DefaultEntries), "a journal of one", 0.95))
	return nil
}

// serveJournal serves the default configuration in memory until it is killed.
func serveJournal(args []string) error {
	if len(args) != 2 {
		return errors.New("want an address and a number of entries")
	}
	entries, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	store, err := storage.OpenMemory(storage.Options{})
	if err != nil {
		return err
	}
	e, err := emulator.New(emulator.Config{
		Buckets: []emulator.BucketConfig{{Name: config.DefaultBucket}},
		Keys:    []keyring.Key{{SecretID: config.DefaultSecretID, SecretKey: config.DefaultSecretKey, AppID: config.DefaultAppID}},
		Journal: journal.Options{Entries: entries},
		Log:     slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}, store)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", args[0])
	if err != nil {
		return err
	}
	return wire.Serve(&http.Server{Handler: e}, l) //nolint:gosec // its one client is this program
}
