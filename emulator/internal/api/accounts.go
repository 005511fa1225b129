package api

import (
	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/ops"
)

// Accounts are the accounts that are made while the emulator runs.
func (e *Emulator) Accounts() *account.Registry { return e.accounts }

func (e *Emulator) newAccounts() *account.Registry {
	return account.New(account.Config{
		Store: e.store, Keys: e.who.Keys(), Clock: e.clock, Region: e.cfg.Region, Max: e.cfg.MaxAccounts, Real: e.clock.Real, Log: e.log,
		MakeBucket:  func(a *account.Account, name string) error { return e.CreateBucket(e.bucketOf(a, name)) },
		ClearBucket: e.clearBucket,
		Forget:      e.forget,
	})
}

// forget removes the requests of an account from the journal, and its faults.
func (e *Emulator) forget(appID string) {
	e.Journal().Forget(appID)
	if err := e.faults.Clear(appID); err != nil {
		e.log.Error("removing the faults of an account", "account", appID, "error", err)
	}
}

// bucketOf is how a bucket of an account begins.
func (e *Emulator) bucketOf(a *account.Account, name string) BucketConfig {
	for _, b := range e.cfg.Buckets {
		if b.Name == name {
			return b
		}
	}
	return BucketConfig{Name: name, Region: a.Region, ACL: a.ACL, CORS: CORSMode(a.CORS)}
}

// clearBucket empties a bucket and makes its settings those that it began with.
func (e *Emulator) clearBucket(a *account.Account, name string) error {
	have, err := e.store.Bucket(name)
	if err != nil {
		return err
	}
	b, err := e.bucketOf(a, name).resolved(have.Region)
	if err != nil {
		return err
	}
	if err := e.store.ClearBucket(ops.NewBucket(name, b.Region, b.ACL, have.Created)); err != nil {
		return err
	}
	if b.MAZ {
		if err := ops.SetMAZ(e.store, name); err != nil {
			return err
		}
	}
	return e.judge.SetDefaultCORS(name, b.CORS)
}

// configuredAccounts are the accounts that the configuration names.
func (e *Emulator) configuredAccounts() []string {
	seen := map[string]bool{"": true}
	var list []string
	add := func(appID string) {
		if !seen[appID] {
			seen[appID] = true
			list = append(list, appID)
		}
	}
	for i := range e.cfg.Buckets {
		add(addr.AppID(e.cfg.Buckets[i].Name))
	}
	for i := range e.cfg.Keys {
		add(e.cfg.Keys[i].AppID)
	}
	return list
}
