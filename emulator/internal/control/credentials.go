package control

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/danielgtaylor/huma/v2"
)

// credentialCalls list, add and delete key pairs.
type credentialCalls struct{ *shared }

// credential is a key pair in answers: without SecretKey and token.
type credential struct {
	SecretID  string     `json:"secret_id"`
	AppID     string     `json:"appid"`
	Temporary bool       `json:"temporary" doc:"Whether it is a temporary key, which has a token."`
	Expires   *time.Time `json:"expires,omitempty" doc:"When a temporary key expires."`

	UIN    string          `json:"uin,omitempty" doc:"The sub-account. Absent for a key of the account itself."`
	Role   string          `json:"role,omitempty" doc:"The id of the role, for a key of a role."`
	Name   string          `json:"name,omitempty" doc:"The session name that the caller of STS gave."`
	Parent string          `json:"parent,omitempty" doc:"The permanent key pair that a temporary key was issued to. Deleting it ends the temporary key."`
	Rights json.RawMessage `json:"rights,omitempty" doc:"The policy of the sub-account or role."`
	Policy json.RawMessage `json:"policy,omitempty" doc:"The policy that limits a temporary key."`
}

func publicCredential(k keyring.Key) credential {
	out := credential{
		SecretID: k.SecretID, AppID: k.AppID, Temporary: k.Temporary(),
		UIN: k.UIN, Role: k.Role, Name: k.SessionName, Parent: k.Parent,
	}
	if k.Rights != nil {
		out.Rights = k.Rights.Document()
	}
	if k.Session != nil {
		out.Policy = k.Session.Document()
	}
	if !k.Expires.IsZero() {
		at := k.Expires.UTC()
		out.Expires = &at
	}
	return out
}

type credentialsOutput struct {
	Body struct {
		Credentials []credential `json:"credentials" doc:"Sorted by secret_id."`
	}
}

type credentialOutput struct{ Body credential }

type credentialInput struct {
	AccountInput
	Body struct {
		SecretID  string     `json:"secret_id" pattern:"^[^&=;%\\s]+$" maxLength:"256"`
		SecretKey string     `json:"secret_key" minLength:"1" maxLength:"256" writeOnly:"true" doc:"Never returned."`
		AppID     string     `json:"appid,omitempty" pattern:"^[0-9]*$" maxLength:"20" doc:"The account. Default: the parameter account, or else the account of the first configured bucket."`
		Token     string     `json:"token,omitempty" maxLength:"8192" writeOnly:"true" doc:"Makes it a temporary key with this token. Never returned."`
		Expires   *time.Time `json:"expires,omitempty" doc:"When a temporary key expires (RFC 3339)."`

		UIN      string          `json:"uin,omitempty" pattern:"^[0-9]*$" maxLength:"20" doc:"The owner of the key: with owner_uin or policy a sub-account, else the account itself."`
		OwnerUIN string          `json:"owner_uin,omitempty" pattern:"^[0-9]*$" maxLength:"20" doc:"The account's own uin. Default: its APPID."`
		Policy   json.RawMessage `json:"policy,omitempty" doc:"What the sub-account may do. Default: everything."`
	}
}

type secretIDInput struct {
	AccountInput
	SecretID string `path:"secret_id"`
}

func (c *credentialCalls) register(api huma.API) {
	huma.Register(api, c.operation("list-credentials", http.MethodGet, "/credentials",
		"All key pairs, or those of an account", http.StatusOK, http.StatusNotFound), c.listCredentials)
	huma.Register(api, c.operation("add-credential", http.MethodPost, "/credentials",
		"Add a key pair, permanent or temporary", http.StatusCreated, http.StatusNotFound, http.StatusConflict), c.addCredential)
	huma.Register(api, c.operation("delete-credential", http.MethodDelete, "/credentials/{secret_id}",
		"Delete a key pair", http.StatusNoContent, http.StatusNotFound), c.deleteCredential)
}

func (c *credentialCalls) deleteCredential(_ context.Context, in *secretIDInput) (*struct{}, error) {
	if err := c.ownsKey(in.Account, in.SecretID); err != nil {
		return nil, err
	}
	k, _ := c.emulator.Keys().Get(in.SecretID)
	if !c.emulator.Keys().Remove(in.SecretID) {
		return nil, huma.Error404NotFound("no such key id")
	}
	if err := c.emulator.Accounts().KeyRemoved(k.AppID, k.SecretID); err != nil {
		return nil, c.internalError("keeping the account", err)
	}
	return nil, nil
}

func (c *credentialCalls) listCredentials(_ context.Context, in *AccountInput) (*credentialsOutput, error) {
	a, err := c.account(in.Account)
	if err != nil {
		return nil, err
	}
	keys := c.emulator.Keys().List
	if a != nil {
		keys = func() []keyring.Key { return c.emulator.Keys().Account(a.AppID) }
	}
	out := &credentialsOutput{}
	out.Body.Credentials = []credential{}
	for _, k := range keys() {
		out.Body.Credentials = append(out.Body.Credentials, publicCredential(k))
	}
	return out, nil
}

// keyConflict answers 422 for a key pair that contradicts another one of its account.
func keyConflict(err error) error {
	var c *keyring.Contradiction
	if errors.As(err, &c) {
		return unprocessable("body."+c.Member, c.Error())
	}
	return unprocessable("body", err.Error())
}

func (c *credentialCalls) addCredential(_ context.Context, in *credentialInput) (*credentialOutput, error) {
	b := in.Body
	k := keyring.Key{SecretID: b.SecretID, SecretKey: b.SecretKey, AppID: b.AppID, Token: b.Token, UIN: b.UIN, OwnerUIN: b.OwnerUIN}
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	k.AppID = cmp.Or(k.AppID, in.Account, c.options.AppID)
	if in.Account != "" && k.AppID != in.Account {
		return nil, unprocessable("body.appid", "it is not the account that the call is for")
	}
	if len(b.Policy) > 0 && string(b.Policy) != "null" {
		rights, err := policy.Parse(b.Policy, policy.Identity)
		if err != nil {
			return nil, unprocessable("body.policy", err.Error())
		}
		k.Rights = rights
	}
	switch {
	case k.AppID == "":
		return nil, unprocessable("body.appid", "the account (APPID) is missing")
	case b.Expires != nil && b.Token == "":
		return nil, unprocessable("body.expires", "only a temporary key expires, and a temporary key has a token")
	case b.Expires != nil:
		k.Expires = *b.Expires
	}
	if _, exists := c.emulator.Keys().Get(k.SecretID); exists {
		return nil, huma.Error409Conflict("a key pair with this id exists; delete it first")
	}
	settled, err := keyring.Settle(append(c.emulator.Keys().Account(k.AppID), k))
	if err != nil {
		return nil, keyConflict(err)
	}
	k = settled[len(settled)-1]
	switch err := c.emulator.Keys().Keep(k); {
	case errors.Is(err, keyring.ErrInvalidKey):
		return nil, unprocessable("body", err.Error())
	case err != nil:
		return nil, c.internalError("keeping the key pair", err)
	}
	return &credentialOutput{publicCredential(k)}, nil
}
