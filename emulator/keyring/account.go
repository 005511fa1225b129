package keyring

// AccountUIN is the uin of the account with this APPID: that of the first pair
// found which has one, else the APPID itself.
func (r *Ring) AccountUIN(appID string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.keys {
		if k.AppID == appID && k.OwnerUIN != "" {
			return k.OwnerUIN
		}
	}
	return appID
}
