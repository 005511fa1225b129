package keyring

// AccountUIN is the uin of the account with this APPID, as its pairs state it:
// the lowest, should they disagree; the APPID itself where none does.
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

// HasAccount tells whether there is a pair of the account with this APPID.
func (r *Ring) HasAccount(appID string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.pairs[appID] > 0
}

// count keeps pairs and uins, under the lock; by is 1 for a pair that comes, -1
// for one that goes.
func (r *Ring) count(k *Key, by int) {
	if r.pairs[k.AppID] += by; r.pairs[k.AppID] == 0 {
		delete(r.pairs, k.AppID)
	}
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
