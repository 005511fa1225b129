package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// othersFaults is how many faults are planned for requests of other accounts, where there are others.
const othersFaults = 100

// measureAccounts compares an upload to one account with the same on a server that has many others,
// and faults planned for some of them.
func (b *bench) measureAccounts(ctx context.Context) error {
	p := &pair{send: raw}
	for _, s := range []struct {
		side  *load
		count int
	}{{&p.base, 1}, {&p.other, b.Accounts}} {
		if err := b.startAccounts(ctx, s.side, s.count); err != nil {
			return fmt.Errorf("%d accounts: %w", s.count, err)
		}
	}
	for round := range 2*b.Rounds + 1 {
		if err := p.turn(ctx, b.signer, fmt.Sprintf("a/%d/", round), b.Small, round > 0); err != nil {
			return err
		}
	}
	b.add(p.cost(fmt.Sprintf("1 KiB PUT, %d accounts, %d faults of others", b.Accounts, min(othersFaults, b.Accounts-1)), "one account", 1.05))
	return nil
}

// startAccounts starts a server with this many accounts. The uploads are to one of them.
func (b *bench) startAccounts(ctx context.Context, l *load, count int) error {
	console, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	if l.server, err = b.startCosemu(ctx, "--console", console); err != nil {
		return err
	}
	began := time.Now()
	all, err := makeAccounts(ctx, console, count)
	if err != nil {
		return err
	}
	took := time.Since(began)
	b.say(fmt.Sprintf("  %d accounts: made in %.2f s", count, took.Seconds()))
	own := all[count-1]
	for _, other := range all[:min(othersFaults, count-1)] {
		fault := `{"account":"` + other.AppID + `","operation":"PutObject","times":0,"fault":"answer","code":"SlowDown"}`
		if err := post(ctx, http.DefaultClient, "http://"+console+"/api/v1/faults", fault, &struct{}{}); err != nil {
			return err
		}
	}
	l.form = requests{
		key:    signer.Credentials{SecretID: own.SecretID, SecretKey: own.SecretKey},
		bucket: own.Buckets[0], start: b.signer.start,
	}.uploads
	return nil
}

// newAccount is what POST /api/v1/accounts answers.
type newAccount struct {
	AppID     string   `json:"appid"`
	SecretID  string   `json:"secret_id"`
	SecretKey string   `json:"secret_key"`
	Buckets   []string `json:"buckets"`
}

// makeAccounts makes accounts over a few connections.
func makeAccounts(ctx context.Context, console string, count int) ([]newAccount, error) {
	all, errs := make([]newAccount, count), make([]error, 4)
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: len(errs)}}
	defer c.CloseIdleConnections()
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for i := w; i < count && errs[w] == nil; i += len(errs) {
				errs[w] = post(ctx, c, "http://"+console+"/api/v1/accounts", `{}`, &all[i])
			}
		})
	}
	wg.Wait()
	return all, errors.Join(errs...)
}

// post makes a call of the control API, which answers 201 and a document.
func post(ctx context.Context, c *http.Client, url, body string, doc any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%s answers %d: %s", url, answer.StatusCode, text)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, doc)
}

// cost compares what a request costs the other side with the base: by processor time where it is
// known, else by the time it takes.
func (p *pair) cost(what, base string, most float64) row {
	r := p.row(what, base, 0)
	r.Unit, r.Aim, r.AtLeast = "of the cost with "+base, most, false
	ratios := make([]float64, len(p.ratios))
	for i := range ratios {
		ratios[i] = 1 / p.ratios[i]
		if p.base.costs[i] > 0 {
			ratios[i] = p.other.costs[i] / p.base.costs[i]
		}
	}
	r.Value, r.Low, r.High, r.Best = median(ratios), slices.Min(ratios), slices.Max(ratios), 0
	return r
}
