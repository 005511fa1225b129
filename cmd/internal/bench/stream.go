package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"
)

// measureStream compares one large upload with hashing its bytes, which no
// server that answers with an ETag can do without.
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
		var hashed, sent, ratios []float64
		for round := range b.Rounds + 1 {
			began := time.Now()
			sum := md5.Sum(body)
			alone := float64(len(body)) / time.Since(began).Seconds()
			whole, err := b.upload(ctx, s, fmt.Sprintf("stream/%d", round), body, 1, sum)
			if err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			if round > 0 { // the first one warms up
				hashed, sent, ratios = append(hashed, alone), append(sent, whole), append(ratios, whole/alone)
			}
		}
		b.add(row{
			What: fmt.Sprintf("one PUT of %d MiB, %s", b.Stream>>20, v.name), Unit: "of MD5 alone",
			Value: median(ratios), Low: slices.Min(ratios), High: slices.Max(ratios), Best: slices.Max(sent) / slices.Max(hashed), Aim: v.aim, AtLeast: true,
			Note: fmt.Sprintf("%.0f MB/s, MD5 %.0f MB/s", median(sent)/1e6, median(hashed)/1e6),
		})
	}
	return nil
}

// upload sends one object made of block again and again, and returns its speed
// in bytes a second. The answer's ETag must be sum, unless that is zero.
func (b *bench) upload(ctx context.Context, s *server, key string, block []byte, times int, sum [md5.Size]byte) (float64, error) {
	length := int64(len(block)) * int64(times)
	head, err := b.signer.head(http.MethodPut, key, nil, length)
	if err != nil {
		return 0, err
	}
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
	if err == nil && sum != [md5.Size]byte{} {
		err = b.verify(ctx, s, key, sum)
	}
	return float64(length) / took.Seconds(), err
}

// verify reads an object back: what was measured must have been done.
func (b *bench) verify(ctx context.Context, s *server, key string, sum [md5.Size]byte) error {
	request, err := b.signer.head(http.MethodGet, key, nil, 0)
	if err != nil {
		return err
	}
	c, err := dial(ctx, s.addr)
	if err != nil {
		return err
	}
	defer c.close()
	h := md5.New()
	if _, err := c.do(request, h); err != nil {
		return err
	}
	if !bytes.Equal(h.Sum(nil), sum[:]) {
		return fmt.Errorf("%s came back with other bytes", key)
	}
	return nil
}
