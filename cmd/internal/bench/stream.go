package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// measureStream compares one large upload with hashing its bytes, which each server that returns an
// ETag must do.
func (b *bench) measureStream(ctx context.Context) error {
	body := pattern(int(b.Stream))
	for _, v := range []variant{
		{name: "in memory", aim: 0.85},
		{name: "on disk", args: []string{"--data", filepath.Join(b.dir, "stream")}, aim: 0.80},
	} {
		s, err := b.startCosemu(ctx, v.args...)
		if err != nil {
			return err
		}
		p := &streams{base: "MD5", hash: func() { _ = md5.Sum(body) }, size: len(body), sum: md5.Sum(body)}
		for round := range b.Rounds + 1 {
			key := fmt.Sprintf("stream/%d", round)
			send := func() (float64, error) { return b.upload(ctx, s, key, body, 1) }
			if err := p.turn(ctx, b, s, key, send, round > 0); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			if v.args == nil {
				continue
			}
			// Deleting the object discards what waits for the disk. Otherwise a disk that is slower
			// than MD5 would slow down later turns.
			if err := b.remove(ctx, s, key); err != nil {
				return err
			}
		}
		b.add(p.row(fmt.Sprintf("one PUT of %d MiB, %s", b.Stream>>20, v.name), v.aim))
	}
	return nil
}

// streams has the results of the turns of one mode.
type streams struct {
	base         string // what the uploads are compared with
	hash         func() // does that
	size         int    // of the body
	sum          [md5.Size]byte
	hashed, sent []float64 // bytes per second, for the hashes alone and for an upload
	ratios       []float64
	work         []float64 // processor time of client and server, relative to the hashes alone
}

// turn hashes the body, then sends it by send, which returns the bytes per second.
func (p *streams) turn(
	ctx context.Context, b *bench, s *server, key string, send func() (float64, error), counts bool,
) error {
	began, before := time.Now(), processorTime("self")
	p.hash()
	took, hashing := time.Since(began), processorTime("self")-before
	before = processorTime("self") + s.cpu()
	speed, err := send()
	work := processorTime("self") + s.cpu() - before
	if err == nil {
		err = b.verify(ctx, s, key, p.sum)
	}
	if counts {
		alone := float64(p.size) / took.Seconds()
		p.hashed, p.sent, p.ratios = append(p.hashed, alone), append(p.sent, speed), append(p.ratios, speed/alone)
		if hashing > 0 { // else the system does not report it
			p.work = append(p.work, float64(work)/float64(hashing))
		}
	}
	return err
}

// row compares the uploads with the hashes alone. An aim of 0 is none.
func (p *streams) row(what string, aim float64) row {
	r := row{
		What: what, Unit: "of " + p.base + " alone", Value: median(p.ratios), Low: slices.Min(p.ratios), High: slices.Max(p.ratios),
		Best: slices.Max(p.sent) / slices.Max(p.hashed), Aim: aim, AtLeast: true,
		Note: fmt.Sprintf("%.0f MB/s, %s %.0f MB/s", median(p.sent)/1e6, p.base, median(p.hashed)/1e6),
	}
	if len(p.work) > 0 {
		work := median(p.work)
		r.Work = min(1, float64(runtime.NumCPU())/work)
		r.Note += fmt.Sprintf("; processor time, client included, %.2f of the hashes'", work)
	}
	return r
}

// upload sends an object that repeats block, and returns the speed in bytes per second.
func (b *bench) upload(ctx context.Context, s *server, key string, block []byte, times int) (float64, error) {
	head, err := b.signer.head(http.MethodPut, key, nil, int64(len(block))*int64(times))
	if err != nil {
		return 0, err
	}
	return send(ctx, s, head, block, times)
}

// send sends head and a body that repeats block, and returns the bytes of the body per second.
func send(ctx context.Context, s *server, head, block []byte, times int) (float64, error) {
	c, err := dial(ctx, s.addr)
	if err != nil {
		return 0, err
	}
	defer c.close()
	began := time.Now()
	if _, err := c.conn.Write(head); err != nil {
		return 0, err
	}
	for range times {
		if _, err := c.conn.Write(block); err != nil {
			return 0, err
		}
	}
	status, err := c.answer(nil)
	took := time.Since(began)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	return float64(len(block)) * float64(times) / took.Seconds(), err
}

// request makes one request on a new connection and returns the status. The body of the answer goes
// to sink, if sink is not nil.
func (b *bench) request(ctx context.Context, s *server, method, key string, sink io.Writer) (int, error) {
	request, err := b.signer.head(method, key, nil, 0)
	if err != nil {
		return 0, err
	}
	c, err := dial(ctx, s.addr)
	if err != nil {
		return 0, err
	}
	defer c.close()
	return c.do(request, sink)
}

// remove deletes an object.
func (b *bench) remove(ctx context.Context, s *server, key string) error {
	status, err := b.request(ctx, s, http.MethodDelete, key, nil)
	if err == nil && status != http.StatusNoContent {
		err = fmt.Errorf("DELETE answers %d", status)
	}
	return err
}

// verify reads an object back, to check that the measured work was done.
func (b *bench) verify(ctx context.Context, s *server, key string, sum [md5.Size]byte) error {
	h := md5.New()
	if _, err := b.request(ctx, s, http.MethodGet, key, h); err != nil {
		return err
	}
	if !bytes.Equal(h.Sum(nil), sum[:]) {
		return fmt.Errorf("%s came back with other bytes", key)
	}
	return nil
}
