package keyring

import "fmt"

// Contradiction is the error of Settle: two pairs state different uins of one
// account, or a policy limits the account's root.
type Contradiction struct {
	// At is the index of the pair.
	At int
	// Member is the wrong field: uin, owner_uin or policy.
	Member string
	reason string
}

// Error says what contradicts what and what to write instead. It shows no secret.
func (c *Contradiction) Error() string { return c.reason }

// Settle returns the pairs with the uin of their account filled in. What one pair
// states of its account holds for the others of the account. A pair with a uin but
// without owner_uin, policy, role and parent belongs to the account's root, so its
// uin is the account's (choice 510). The error is a *Contradiction.
func Settle(keys []Key) ([]Key, error) {
	settled := make([]Key, len(keys))
	copy(settled, keys)
	stated := map[string]int{} // by APPID: the first pair that states the account's uin
	for i := range settled {
		k := &settled[i]
		itself := k.UIN != "" && k.OwnerUIN == "" && k.Rights == nil && k.Role == "" && k.Parent == ""
		if itself {
			k.OwnerUIN = k.UIN
		}
		if k.OwnerUIN == "" {
			continue
		}
		if k.Rights != nil && k.UIN == k.OwnerUIN && k.Role == "" && k.Parent == "" {
			return nil, &Contradiction{i, "policy", fmt.Sprintf("%s belongs to the account itself (uin and owner_uin are both %s), "+
				"and no policy binds that: leave out the policy, or give the sub-account's uin", k.SecretID, k.UIN)}
		}
		first, ok := stated[k.AppID]
		if !ok {
			stated[k.AppID] = i
			continue
		}
		if other := &settled[first]; other.OwnerUIN != k.OwnerUIN {
			return nil, disagree(i, k, other, itself)
		}
	}
	for i := range settled {
		if first, ok := stated[settled[i].AppID]; ok && settled[i].OwnerUIN == "" {
			settled[i].OwnerUIN = settled[first].OwnerUIN
		}
	}
	return settled, nil
}

// disagree is the error about two pairs of one account with different uins.
func disagree(at int, k, other *Key, itself bool) *Contradiction {
	if itself {
		return &Contradiction{at, "uin", fmt.Sprintf("without owner_uin and policy, %s belongs to the account %s itself, whose uin is %s "+
			"by %s, not %s: for a sub-account add owner_uin: %s", k.SecretID, k.AppID, other.OwnerUIN, other.SecretID, k.UIN, other.OwnerUIN)}
	}
	if other.UIN == other.OwnerUIN {
		return &Contradiction{at, "owner_uin", fmt.Sprintf("the account %s has the uin %s by %s, not %s: "+
			"give both the same owner_uin", k.AppID, other.OwnerUIN, other.SecretID, k.OwnerUIN)}
	}
	return &Contradiction{at, "owner_uin", fmt.Sprintf("%s says owner_uin %s for the same account %s: "+
		"an account has one uin", other.SecretID, other.OwnerUIN, k.AppID)}
}
