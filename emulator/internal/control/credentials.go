package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/danielgtaylor/huma/v2"
)

// credential is a key pair as calls return it: neither secret nor token.
type credential struct {
	SecretID  string     `json:"secret_id"`
	AppID     string     `json:"appid"`
	Temporary bool       `json:"temporary" doc:"Whether a token belongs to it."`
	Expires   *time.Time `json:"expires,omitempty" doc:"The end of a temporary key's life."`

	UIN    string          `json:"uin,omitempty" doc:"The user, where it is not the account itself."`
	Role   string          `json:"role,omitempty" doc:"The number of the role whose key it is."`
	Name   string          `json:"name,omitempty" doc:"What whoever asked for it called its use."`
	Parent string          `json:"parent,omitempty" doc:"The permanent key pair that it was issued to, with which it ends."`
	Rights json.RawMessage `json:"rights,omitempty" doc:"The policy of its user or role."`
	Policy json.RawMessage `json:"policy,omitempty" doc:"What a temporary key was cut down to."`
}

func publicCredential(k keyring.Key) credential {
	c := credential{
		SecretID: k.SecretID, AppID: k.AppID, Temporary: k.Temporary(),
		UIN: k.UIN, Role: k.Role, Name: k.SessionName, Parent: k.Parent,
	}
	if k.Rights != nil {
		c.Rights = k.Rights.Document()
	}
	if k.Session != nil {
		c.Policy = k.Session.Document()
	}
	if !k.Expires.IsZero() {
		at := k.Expires.UTC()
		c.Expires = &at
	}
	return c
}

type credentialsOutput struct {
	Body struct {
		Credentials []credential `json:"credentials" doc:"By key id."`
	}
}

type credentialOutput struct{ Body credential }

type credentialInput struct {
	Body struct {
		SecretID  string     `json:"secret_id" pattern:"^[^&=;%\\s]+$" maxLength:"256"`
		SecretKey string     `json:"secret_key" minLength:"1" maxLength:"256" writeOnly:"true" doc:"Never returned."`
		AppID     string     `json:"appid,omitempty" pattern:"^[0-9]*$" maxLength:"20" doc:"The account; that of the first configured bucket when left out."`
		Token     string     `json:"token,omitempty" maxLength:"8192" writeOnly:"true" doc:"Makes it a temporary key, to be used with this token. Never returned."`
		Expires   *time.Time `json:"expires,omitempty" doc:"The end of a temporary key's life (RFC 3339)."`

		UIN      string          `json:"uin,omitempty" pattern:"^[0-9]*$" maxLength:"20" doc:"The user whose pair it is: with owner_uin or policy a sub-account, else the account itself."`
		OwnerUIN string          `json:"owner_uin,omitempty" pattern:"^[0-9]*$" maxLength:"20" doc:"The account's own uin; its APPID when left out."`
		Policy   json.RawMessage `json:"policy,omitempty" doc:"What the sub-account may do; everything when left out."`
	}
}

type secretIDInput struct {
	SecretID string `path:"secret_id"`
}

func (h *Handler) registerCredentials(api huma.API) {
	huma.Register(api, h.operation("list-credentials", http.MethodGet, "/credentials",
		"The key pairs that are known", http.StatusOK), h.listCredentials)
	huma.Register(api, h.operation("add-credential", http.MethodPost, "/credentials",
		"Add a key pair, permanent or temporary", http.StatusCreated, http.StatusConflict), h.addCredential)
	huma.Register(api, h.operation("delete-credential", http.MethodDelete, "/credentials/{secret_id}",
		"Forget a key pair", http.StatusNoContent, http.StatusNotFound), h.deleteCredential)
}

func (h *Handler) deleteCredential(_ context.Context, in *secretIDInput) (*struct{}, error) {
	if !h.emulator.Keys().Remove(in.SecretID) {
		return nil, huma.Error404NotFound("no such key id")
	}
	return nil, nil
}

func (h *Handler) listCredentials(context.Context, *struct{}) (*credentialsOutput, error) {
	out := &credentialsOutput{}
	out.Body.Credentials = []credential{}
	for _, k := range h.emulator.Keys().List() {
		out.Body.Credentials = append(out.Body.Credentials, publicCredential(k))
	}
	return out, nil
}

// contradiction answers a pair that does not fit the pairs of its account.
func contradiction(err error) error {
	var c *keyring.Contradiction
	if errors.As(err, &c) {
		return unprocessable("body."+c.Member, c.Error())
	}
	return unprocessable("body", err.Error())
}

func (h *Handler) addCredential(_ context.Context, in *credentialInput) (*credentialOutput, error) {
	b := in.Body
	k := keyring.Key{SecretID: b.SecretID, SecretKey: b.SecretKey, AppID: b.AppID, Token: b.Token, UIN: b.UIN, OwnerUIN: b.OwnerUIN}
	if k.AppID == "" {
		k.AppID = h.options.AppID
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
		return nil, unprocessable("body.expires", "only temporary keys expire, and those have a token")
	case b.Expires != nil:
		k.Expires = *b.Expires
	}
	if _, there := h.emulator.Keys().Get(k.SecretID); there {
		return nil, huma.Error409Conflict("there is a key pair of this id; delete it first")
	}
	settled, err := keyring.Settle(append(h.emulator.Keys().List(), k))
	if err != nil {
		return nil, contradiction(err)
	}
	k = settled[len(settled)-1]
	if err := h.emulator.Keys().Add(k); err != nil {
		return nil, unprocessable("body", err.Error())
	}
	return &credentialOutput{publicCredential(k)}, nil
}
