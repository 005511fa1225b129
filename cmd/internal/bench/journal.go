package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/cosemu/cosemu/emulator"
)

// measureJournal compares a journal of the usual size with one of a single entry.
func (b *bench) measureJournal(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p := &pair{send: raw}
	for _, s := range []struct {
		side    *load
		entries int
	}{{&p.base, 1}, {&p.other, emulator.DefaultJournalEntries}} {
		s.side.server, err = b.start(ctx, func(addr string) []string {
			return []string{self, childCommand, addr, strconv.Itoa(s.entries), "0"}
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
	b.add(p.row(fmt.Sprintf("1 KiB PUT, journal of %d", emulator.DefaultJournalEntries), "a journal of one", 0.95))
	return nil
}
