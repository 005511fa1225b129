package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

const mib = 1 << 20

// measureMemory measures the resident memory of the process: idle, and during one large upload.
func (b *bench) measureMemory(ctx context.Context) error {
	for _, v := range []struct {
		name string
		args []string
		aim  float64 // the most MiB that the upload may add, for an upload of 1 GiB
	}{
		{"on disk", []string{"--data", filepath.Join(b.dir, "large")}, 24},
		{"in memory", nil, 1.1 * float64(b.Large) / mib},
	} {
		err := b.memoryOf(ctx, v.name, v.args, v.aim)
		if errors.Is(err, errNoProc) {
			b.say(err.Error())
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
	}
	return nil
}

func (b *bench) memoryOf(ctx context.Context, name string, args []string, aim float64) error {
	s, err := b.startCosemu(ctx, args...)
	if err != nil {
		return err
	}
	if err := wait(ctx, time.Second); err != nil { // let the start settle before measuring idle
		return err
	}
	idle, _, err := s.memory()
	if err != nil {
		return err
	}
	if err := s.resetPeak(); err != nil {
		return err
	}
	if _, err := b.upload(ctx, s, "large", pattern(mib), int(b.Large/mib)); err != nil {
		return err
	}
	_, peak, err := s.memory()
	if err != nil {
		return err
	}
	b.add(row{What: "resident when idle, " + name, Unit: "MiB", Value: float64(idle) / mib, Aim: 30})
	b.add(row{
		What: fmt.Sprintf("growth by a PUT of %d MiB, %s", b.Large/mib, name), Unit: "MiB",
		Value: float64(peak-idle) / mib, Aim: aim,
	})
	return nil
}
