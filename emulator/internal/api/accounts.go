package api

import (
	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/emulator/internal/addr"
)

// Accounts are the accounts that are made while the emulator runs.
func (e *Emulator) Accounts() *account.Registry { return e.accounts }

func (e *Emulator) newAccounts() *account.Registry {
	return account.New(account.Config{
		Store: e.store, Keys: e.who.Keys(), Clock: e.clock, Region: e.cfg.Region, Max: e.cfg.MaxAccounts, Real: e.clock.Real, Log: e.log,
		MakeBucket:  func(a *account.Account, name string) error { return e.buckets.create(e.buckets.of(a, name)) },
		ClearBucket: func(a *account.Account, name string) error { return e.buckets.clear(a, name) },
		Forget:      e.forget,
		Removed:     func(appID string) { e.Resolver().RemoveAliasesOf(appID) }, // or nobody else could have the hosts
	})
}

// forget removes the requests of an account from the journal, and its faults.
func (e *Emulator) forget(appID string) {
	e.Journal().Forget(appID)
	if err := e.faults.Clear(appID); err != nil {
		e.log.Error("removing the faults of an account", "account", appID, "error", err)
	}
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
