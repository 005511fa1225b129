package keyring

// AccountUIN is the uin of the account with this APPID as its pairs state it, the
// lowest if they disagree; the APPID if none states it.
func (r *Ring) AccountUIN(appID string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	uin := ""
	for u := range r.uins[appID] {
		if uin == "" || u < uin {
			uin = u
		}
	}
	if uin == "" {
		return appID
	}
	return uin
}

// HasAccount reports whether the account with this APPID has a pair.
func (r *Ring) HasAccount(appID string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.accounts[appID]) > 0
}

// count updates accounts and uins, under the lock: by 1 for a pair that is added, -1
// for one that is removed.
func (r *Ring) count(k *Key, by int) {
	r.countAccount(k, by)
	if k.OwnerUIN == "" {
		return
	}
	of := r.uins[k.AppID]
	if of == nil {
		of = make(map[string]int)
		r.uins[k.AppID] = of
	}
	if of[k.OwnerUIN] += by; of[k.OwnerUIN] > 0 {
		return
	}
	if delete(of, k.OwnerUIN); len(of) == 0 {
		delete(r.uins, k.AppID)
	}
}

func (r *Ring) countAccount(k *Key, by int) {
	ids := r.accounts[k.AppID]
	switch {
	case by > 0 && ids == nil:
		r.accounts[k.AppID] = map[string]struct{}{k.SecretID: {}}
	case by > 0:
		ids[k.SecretID] = struct{}{}
	default:
		if delete(ids, k.SecretID); len(ids) == 0 {
			delete(r.accounts, k.AppID)
		}
	}
}
