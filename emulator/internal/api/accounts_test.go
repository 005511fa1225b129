package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
)

// TestAMainKeyWithItsUIN: a main key beside which only its uin is written is
// the account itself, and no bucket policy locks it out; its sub-account is bound.
func TestAMainKeyWithItsUIN(t *testing.T) {
	mainKey, sub := testKey(), testKey()
	mainKey.UIN = ownerUIN
	sub.SecretID, sub.UIN, sub.OwnerUIN = "AKIDsub", ownSubUIN, ownerUIN
	s := start(t, api.Config{Keys: []keyring.Key{mainKey, sub}})

	identity := map[string]string{"Action": "GetCallerIdentity", "Name": "", "Policy": ""}
	_, who := s.askSTS(s.stsMessage(mainKey, stsHost, identity))
	require.Contains(t, string(who.body), `"RootAccount"`)
	_, who = s.askSTS(s.stsMessage(sub, stsHost, identity))
	require.Contains(t, string(who.body), `"CAMUser"`, "the sub-account is not the account")

	deny := func(uin string) string {
		return forWhom("qcs::cam::uin/"+ownerUIN+":uin/"+uin, statement("deny", "name/cos:PutObject", within("*")))
	}
	s.bucketPolicy(deny(ownerUIN), deny(ownSubUIN))
	require.Equal(t, 200, s.send(s.signedBy(mainKey, "PUT", testHost, "/mine", []byte("x"))).status)
	s.requireDenied(s.send(s.signedBy(sub, "PUT", testHost, "/its", []byte("x"))))
	s.requireNothing(testBucket, "its")
	s.bucketPolicy() // the owner is not locked out
	require.Equal(t, 200, s.send(s.signedBy(sub, "PUT", testHost, "/its", []byte("x"))).status)
}

// TestPairsThatContradict: two owners of one account are refused at the start.
func TestPairsThatContradict(t *testing.T) {
	one, two := testKey(), testKey()
	one.UIN, two.SecretID, two.UIN = "1", "AKIDtwo", "2"
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	defer st.Close()
	_, err = api.New(api.Config{Keys: []keyring.Key{one, two}}, st)
	require.ErrorContains(t, err, "AKIDtwo")
	require.ErrorContains(t, err, "owner_uin: 1")
}
