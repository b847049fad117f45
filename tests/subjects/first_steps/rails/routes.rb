Rails.application.routes.draw do
  root "home#index"
  get "login" => "sessions#new"
  post "login" => "sessions#create"
  delete "logout" => "sessions#destroy"
  resources :users, only: %i[new create]
  resource :profile, only: %i[show update], controller: "users"
end
